-- life:     The routing table numbers its rows with a sequence, as before identity columns.
-- catches:  target-matches-the-reference
alter table public.ai_provider_configs alter column id drop identity;
create sequence public.numbers start 1000 owned by public.ai_provider_configs.id;
alter table public.ai_provider_configs alter column id set default nextval('public.numbers');
grant usage on sequence public.numbers to service_role;
