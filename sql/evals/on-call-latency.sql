-- For whoever is on call: latency and fallbacks of the last half hour, by provider, as the rollback matrix asks.
-- Read-only; paste it as it is. p95_latency_ms above 60000: take `custom` out. fallback_rate above 0.40: lower its
-- weight. The index on source and time gives it these rows alone, however many there are.

select
  coalesce(e.selected_provider, 'not told') as provider,
  count(*) as requests,
  percentile_cont(0.95) within group (order by e.latency_ms) as p95_latency_ms,
  avg(e.fallback_used::integer)::double precision as fallback_rate,
  count(*) - count(e.latency_ms) as without_latency
from public.ai_training_examples e
where e.source in ('generation', 'generation_cached') and e.created_at >= now() - interval '30 minutes'
group by 1
order by 1;
