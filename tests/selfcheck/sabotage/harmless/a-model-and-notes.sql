-- life:     A row names its model, and a ticket.
update public.ai_provider_configs set model = 'm', metadata = metadata || '{"ticket": "OPS-1"}';
