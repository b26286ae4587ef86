-- life:     An index on the hot table is built without "concurrently".
-- warns:    rollout-keeps-no-writer-waiting
-- topology: prod
create index if not exists idx_ai_training_examples_user on public.ai_training_examples (user_id, created_at);
