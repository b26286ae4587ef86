-- life:     A security sweep took "insert" from the service, and every record of a request is lost.
-- catches:  service-role-can-work
-- object:   public.ai_training_examples
revoke insert on public.ai_training_examples from service_role;
