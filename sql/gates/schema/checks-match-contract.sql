-- title:    every check of the contract is there, proven, and allows exactly what the contract allows
-- prevents: rows of an unknown provider, environment or strategy, and latencies that no percentile survives
-- section:  1.1, 1.5
-- checks:   RG-1, SK-4
-- severity: error
-- phase:    verify
-- requires: public.ai_training_examples, public.ai_provider_configs, public.ai_eval_runs
-- evidence: checks

-- `allowed`: the values that may be written, or the bounds. Where a check has no name in the contract, any
-- check of that column will do.
with expected (relation, layout, name, col, allowed) as (
  values
    ('ai_provider_configs',  'any', 'ai_provider_configs_provider_check',    'provider',
     array['openai', 'custom']),
    ('ai_provider_configs',  'any', 'ai_provider_configs_environment_check', 'environment',
     array['prod', 'staging', 'dev']),
    ('ai_provider_configs',  'any', 'ai_provider_configs_weight_check',      'weight',
     array['>= 0']),
    ('ai_provider_configs',  'any', 'ai_provider_configs_timeout_ms_check',  'timeout_ms',
     array['>= 1000', '<= 180000']),
    ('ai_provider_configs',  'any', 'ai_provider_configs_max_retries_check', 'max_retries',
     array['>= 0', '<= 3']),
    ('ai_training_examples', 'any', 'ai_training_examples_requested_provider_check', 'requested_provider',
     array['openai', 'custom']),
    ('ai_training_examples', 'any', 'ai_training_examples_selected_provider_check',  'selected_provider',
     array['openai', 'custom']),
    ('ai_training_examples', 'any', 'ai_training_examples_route_strategy_check',     'route_strategy',
     array['single_provider', 'weighted', 'fallback']),
    ('ai_training_examples', 'any', 'ai_training_examples_fallback_provider_check',  'fallback_provider',
     array['openai', 'custom']),
    ('ai_training_examples', 'any', 'ai_training_examples_latency_ms_check',         'latency_ms',
     array['>= 0', '<= 300000']),
    ('ai_eval_runs', 'v2',        null, 'run_type', array['offline', 'shadow', 'canary']),
    ('ai_eval_runs', 'v2',        null, 'status',   array['running', 'passed', 'failed', 'aborted']),
    ('ai_eval_runs', 'sitecraft', null, 'run_type', array['offline', 'online_shadow', 'canary']),
    ('ai_eval_runs', 'sitecraft', null, 'status',   array['running', 'completed', 'failed'])
),
target as (
  select case when exists (
    select from pg_catalog.pg_attribute
    where attrelid = to_regclass('public.ai_eval_runs') and attname = 'run_id' and not attisdropped
  ) then 'v2' else 'sitecraft' end as layout
),
wanted as (
  select
    e.relation, e.name, e.col, e.allowed,
    c.oid as found_oid,
    c.conname as found_name,
    pg_get_expr(c.conbin, c.conrelid) as expression,
    c.convalidated as validated,
    coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) as enforced  -- PostgreSQL 18 and later
  from target t
  join expected e on e.layout in ('any', t.layout)
  left join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.' || e.relation) and a.attname = e.col and not a.attisdropped
  left join pg_catalog.pg_constraint c
    on c.conrelid = to_regclass('public.' || e.relation) and c.contype = 'c'
    and case when e.name is null then c.conkey = array[a.attnum] else c.conname = e.name end
),
-- One expression is written in many ways, and versions print it in more. So it is cut into tokens, literals
-- whole, and parentheses and casts that change nothing are left out; then "or null", which a check allows
-- anyway; then it is a list of alternatives, or of bounds. What is not understood stays as it is, after a
-- `?`, and is not what the contract allows.
plain as (
  select
    w.*,
    (
      select regexp_replace(
        string_agg(t.token[1], ' ' order by t.place),
        '^' || w.col || ' IS NULL OR | OR ' || w.col || ' IS NULL$', '')
      from regexp_matches(
        w.expression,
        $re$'(?:[^']|'')*'|::(?:text|character varying|integer|bigint)(?:\[\])?(?![\w(])$re$
        || $re$|[\w$]+|[<>=!]+|\S$re$, 'g') with ordinality as t (token, place)
      where t.token[1] !~ '^([()]|::.+)$'
    ) as tokens
  from wanted w
),
pieces as (
  select
    p.*,
    p.tokens !~ '( OR | = ANY )' as is_bounds,
    case
      when p.tokens ~ ('^' || p.col || $re$ = ANY ARRAY \[ [^\]]+ \]$$re$)
        then string_to_array(substring(p.tokens from $re$\[ (.+) \]$re$), ' , ')
      when p.tokens ~ ('^' || p.col || $re$ = ANY '\{[^'"\\]+\}'$$re$)
        then array(
          select coalesce(quote_literal(value), 'NULL')
          from unnest(substring(p.tokens from $re$'(.+)'$re$)::text[]) as value)
      when p.tokens ~ ' OR '
        then array(
          select coalesce(substring(piece from ('^' || p.col || $re$ = ('.*')$$re$)), piece)
          from unnest(regexp_split_to_array(p.tokens, ' OR ')) as piece)
      else regexp_split_to_array(p.tokens, ' AND ')
    end as list
  from plain p
),
found as (
  select
    p.*,
    array(
      select case
        when not p.is_bounds and piece ~ $re$^'[^']*'$$re$ then trim(both '''' from piece)
        when p.is_bounds and bound.at_least is not null then '>= ' || bound.at_least
        when p.is_bounds and bound.at_most is not null then '<= ' || bound.at_most
        else '? ' || piece
      end
      from unnest(p.list) as piece
      cross join lateral (
        select
          coalesce(
            substring(piece from '^' || p.col || $re$ >= '?(-?\d+)'?$$re$)::bigint,
            substring(piece from '^' || p.col || $re$ > '?(-?\d+)'?$$re$)::bigint + 1,
            substring(piece from $re$^'?(-?\d+)'? <= $re$ || p.col || '$')::bigint,
            substring(piece from $re$^'?(-?\d+)'? < $re$ || p.col || '$')::bigint + 1) as at_least,
          coalesce(
            substring(piece from '^' || p.col || $re$ <= '?(-?\d+)'?$$re$)::bigint,
            substring(piece from '^' || p.col || $re$ < '?(-?\d+)'?$$re$)::bigint - 1,
            substring(piece from $re$^'?(-?\d+)'? >= $re$ || p.col || '$')::bigint,
            substring(piece from $re$^'?(-?\d+)'? > $re$ || p.col || '$')::bigint - 1) as at_most
      ) bound
    ) as allows
  from pieces p
),
judged as (
  select *, found_oid is not null and allows @> allowed and allows <@ allowed as same
  from found
)
select
  'public.' || relation || '.' || coalesce(name, found_name, col) as object,
  case
    when found_oid is null then 'found no check'
    else 'found ' || expression || case when not validated then ', not validated' else '' end
      || case when not enforced then ', not enforced' else '' end
  end
    || '; needed ' || col || ' ' || case when allowed[1] ~ '^[<>]' then array_to_string(allowed, ' and ')
         else 'in (' || array_to_string(allowed, ', ') || ')' end
    || case when found_oid is null then '' else ', validated' end as detail,
  case
    when found_oid is null then 'paste the base migration again'
    when same and enforced
      then 'alter table public.' || relation || ' validate constraint ' || quote_ident(found_name) || ';'
    else 'alter table public.' || relation || ' drop constraint ' || quote_ident(found_name)
      || '; then paste the base migration again'
  end as remedy,
  'FAIL' as outcome,
  -- The contract lists these values without asking for a check.
  case when name is null and found_oid is null then 'warning' else 'error' end as severity
from judged j
where (not same or not validated or not enforced)
  and (name is not null or not exists (
    select from judged other
    where other.relation = j.relation and other.col = j.col
      and other.same and other.validated and other.enforced))
order by object;
