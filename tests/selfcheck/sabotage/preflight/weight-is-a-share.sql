-- life:     Weights were fractions once: the column is numeric, and 0.5 would have to become an integer.
-- catches:  existing-columns-fit-the-release
-- object:   public.ai_provider_configs.weight
-- start:    before half-applied
alter table public.ai_provider_configs alter column weight type numeric;
