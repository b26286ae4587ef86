create temporary table rollgate_samples (
  kind integer, record_id text, request_id uuid, latency_ms integer
) on commit drop;

create temporary table rollgate_kinds (
  kind                           integer,
  requested_provider             text,
  selected_provider              text,
  route_strategy                 text,
  schema_valid                   boolean,
  patch_apply_success            boolean,
  edited_after_generate          boolean,
  published_within_7d            boolean,
  safety_html_tailwind_compliant boolean,
  fallback_used                  boolean,
  defaulted                      jsonb
) on commit drop;
