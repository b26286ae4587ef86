-- title:    row level security is on for every table of the release
-- prevents: prompts and routing that anybody with the public key reads or writes through the REST API
-- section:  -
-- checks:   -
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs,
--           public.ai_eval_samples
-- evidence: policies

with expected (name) as (
  values
    ('public.ai_training_examples'), ('public.ai_provider_configs'), ('public.ai_eval_runs'),
    ('public.ai_eval_samples'), ('public.ai_provider_configs_superseded')
),
found as (
  select e.name, c.relrowsecurity as is_on
  from expected e
  join pg_catalog.pg_class c on c.oid = to_regclass(e.name)
)
select
  name as object,
  'found row level security off, needed on' as detail,
  'alter table ' || name || ' enable row level security;' as remedy
from found
where not is_on
order by object;
