-- life:     The release is about to be pasted into a project that never had Phase 1.
-- catches:  phase1-columns-have-their-types, phase1-table-exists, telemetry-rows-fit-the-checks,
--           training-id-can-be-referenced
-- object:   public.ai_training_examples
-- start:    before clean
drop table public.ai_training_examples;
