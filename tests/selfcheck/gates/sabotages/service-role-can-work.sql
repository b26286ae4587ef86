-- case:     no-insert
-- object:   public.ai_training_examples
revoke insert on public.ai_training_examples from service_role;

-- case:     nothing-on-routing
-- object:   public.ai_provider_configs
revoke all on public.ai_provider_configs from service_role;

-- case:     summary-unreadable
-- object:   public.ai_eval_run_summary_v1
revoke select on public.ai_eval_run_summary_v1 from service_role;

-- case:     schema-closed
-- object:   public
revoke usage on schema public from service_role, public;

-- case:     rows-cannot-be-numbered
-- object:   public.ai_provider_configs_id_seq
-- start:    after narrow-configs
revoke all on sequence public.ai_provider_configs_id_seq from service_role;
