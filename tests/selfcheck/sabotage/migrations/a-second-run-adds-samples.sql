-- life:     A trigger counts each ingest as a run of its own.
-- catches:  ingested-sitecraft-runs-appear-in-the-summary, ingested-v2-runs-appear-in-the-summary
-- topology: staging
-- asks:     evals
create or replace function public.counts_runs() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.ai_eval_runs select (jsonb_populate_record(r, jsonb_build_object(
    case when to_jsonb(r) ? 'run_id' then 'run_id' else 'id' end, gen_random_uuid()))).*
  from public.ai_eval_runs r limit 1;
  return null;
end
$$;
drop trigger if exists counts_runs on public.ai_eval_samples;
create trigger counts_runs after insert on public.ai_eval_samples
for each statement execute function public.counts_runs();
