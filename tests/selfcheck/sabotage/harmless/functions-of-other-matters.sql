-- life:     Functions that have nothing to do with the release don't pin anything.
create function public.add(a integer, b integer) returns integer language sql as 'select a + b';
create function public.bound() returns bigint begin atomic select count(*) from public.ai_eval_runs; end;
