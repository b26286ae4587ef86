-- life:     A check under the release's name is there and allows less: the migration leaves it, and the
--           overlay's gates would fail.
-- catches:  gates-pass-on-the-clone
-- start:    before half-applied
-- asks:     clone
alter table public.ai_provider_configs drop constraint if exists ai_provider_configs_weight_check;
alter table public.ai_provider_configs add constraint ai_provider_configs_weight_check check (weight >= -1);
