-- life:     A plain "create table" works once: in doubt nobody can run the file again.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           operator-routing-survives-the-base-migration, release-applies-again-without-a-trace
-- topology: prod
create table public.ai_provider_audit (id bigint primary key, note text);
alter table public.ai_provider_audit enable row level security;
