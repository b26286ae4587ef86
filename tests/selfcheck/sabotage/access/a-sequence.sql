-- life:     The sequence of the samples was granted along with a template's other grants.
-- catches:  no-grants-to-outsiders, target-matches-the-reference
-- object:   public.ai_eval_samples_id_seq to anon
grant usage on sequence public.ai_eval_samples_id_seq to anon;
