-- life:     "revoke all on schema public from public" was pasted from a hardening guide.
-- catches:  service-role-can-work
-- object:   public
revoke usage on schema public from service_role, public;
