-- life:     The column became an integer, and its sequence gives numbers beyond that.
-- catches:  columns-match-contract, existing-columns-fit-the-release, sequences-are-ahead,
--           target-matches-the-reference
-- object:   public.ai_provider_configs.id
alter table public.ai_provider_configs alter column id drop identity;
alter table public.ai_provider_configs alter column id type integer;
create sequence public.big as bigint start 2147483648 owned by public.ai_provider_configs.id;
grant usage on sequence public.big to service_role;
alter table public.ai_provider_configs alter column id set default nextval('public.big');
