-- After phase1.sql: an older Supabase project. Its default privileges hand every new table and sequence of
-- `public` to the roles of the REST API, and its Phase 1 table has none of the checks.

alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

alter table public.ai_training_examples
  drop constraint ai_training_examples_generation_contract_check,
  drop constraint ai_training_examples_patch_contract_check,
  drop constraint ai_training_examples_outcome_contract_check,
  drop constraint ai_training_examples_input_site_json_object_check,
  drop constraint ai_training_examples_output_site_json_object_check;
