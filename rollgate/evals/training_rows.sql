-- The rows of a window, newest first, below a key if there is one: what rollgate.evals.exported.Row holds.

select
  id::text                                as id,
  created_at,
  request_id::text                        as request_id,
  requested_provider,
  selected_provider,
  route_strategy,
  fallback_used,
  latency_ms,
  metadata -> 'schemaValid'                 as schema_valid,
  metadata -> 'patchApplySuccess'           as patch_apply_success,
  metadata -> 'editedAfterGenerate'         as edited_after_generate,
  metadata -> 'publishedWithin7d'           as published_within_7d,
  metadata -> 'safetyHtmlTailwindCompliant' as safety_html_tailwind_compliant,
  metadata -> 'fallbackUsed'                as metadata_fallback_used,
  metadata -> 'latencyMs'                   as metadata_latency_ms
from public.ai_training_examples as example
where source = any (%(sources)s)
  and created_at >= %(since)s
  and created_at <= %(until)s
  and (
    %(below_at)s::timestamptz is null
    or (created_at, example.id) < (%(below_at)s, %(below_id)s)
  )
order by example.created_at desc, example.id desc
