-- life:     A typo in the last statement stops the file at its end.
-- catches:  applies-from-bigint-id, applies-from-clean, applies-from-half-applied, applies-from-integer-id,
--           applies-from-narrow-configs, applies-from-open-grants, applies-from-sitecraft,
--           operator-routing-survives-the-base-migration, release-applies,
--           release-applies-again-without-a-trace, release-applies-to-a-clone-of-the-target
-- holds:    gates-pass-on-the-clone, rollback-works-on-the-clone, rollout-gives-up-waiting
-- warns:    rollout-keeps-no-writer-waiting
-- topology: staging
alter table public.ai_training_example add column note text;
