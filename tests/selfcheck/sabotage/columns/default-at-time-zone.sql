-- life:     "now() at time zone 'utc'" is the same mistake in the words that tutorials use.
-- catches:  target-matches-the-reference, timestamp-defaults-are-instants
-- object:   public.ai_eval_samples.created_at
alter table public.ai_eval_samples alter column created_at set default (now() at time zone 'utc');
