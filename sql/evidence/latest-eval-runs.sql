-- title:    the latest five eval runs
-- section:  5.4

select *
from public.ai_eval_run_summary_v1
order by run_id desc
limit 5;
