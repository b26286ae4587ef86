"""The soak: hours of real traffic after a rollout, looked at through rows, checks, logs and guardrails."""
