"""How fast it is: `python -m bench.rollback`, `bench.server`, `bench.gates`."""
