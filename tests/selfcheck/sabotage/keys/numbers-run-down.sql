-- life:     The sequence was turned round, and runs down into the numbers that are taken.
-- catches:  sequences-are-ahead
-- object:   public.ai_provider_configs.id
alter table public.ai_provider_configs alter column id set increment by -1 set minvalue -1000;
