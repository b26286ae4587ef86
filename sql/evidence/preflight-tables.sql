-- title:    which of the four tables exist
-- section:  1.1, 2.1

select
  table_name,
  table_type
from information_schema.tables
where table_schema = 'public'
  and table_name in (
    'ai_training_examples',
    'ai_provider_configs',
    'ai_eval_runs',
    'ai_eval_samples'
  )
order by table_name;
