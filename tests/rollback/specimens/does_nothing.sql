-- life:     The file was saved before the update was pasted into it: it shows the rows and changes none.
select provider, environment, enabled, is_default, weight from public.ai_provider_configs;
