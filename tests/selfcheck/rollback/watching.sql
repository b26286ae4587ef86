-- What a reader must never see, in one statement: one row for each environment that is wrong.

select environment,
       count(*) filter (where is_default) as defaults,
       count(*) filter (where is_default and enabled and weight > 0) as serving_defaults,
       count(*) filter (where enabled and weight > 0) as serving
from public.ai_provider_configs
group by environment
having case when environment = any (%(watched)s)
  then count(*) filter (where is_default) <> 1
    or count(*) filter (where is_default and enabled and weight > 0) <> 1
  else %(alone)s and count(*) filter (where is_default or enabled) > 0 end
