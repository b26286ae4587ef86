-- life:     A check is added and validated in one step, which reads the hot table under a lock that stops
--           writers.
-- warns:    rollout-keeps-no-writer-waiting
-- topology: prod
do $$ begin
  if not exists (select from pg_constraint where conname = 'ai_training_examples_prompt_length_check') then
    alter table public.ai_training_examples
      add constraint ai_training_examples_prompt_length_check check (length(prompt) < 100000);
  end if;
end $$;
