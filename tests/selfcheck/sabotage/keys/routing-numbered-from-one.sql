-- life:     Routing rows came from a dump of data alone, and the next insert takes a number that is taken.
-- catches:  sequences-are-ahead
-- object:   public.ai_provider_configs.id
alter table public.ai_provider_configs alter column id restart with 1;
