-- What a rollback needs and the role lacks.
select string_agg(privilege, ', ' order by privilege) as missing, current_user as role
from unnest(array['SELECT', 'INSERT', 'UPDATE']) as privilege
where not has_table_privilege(to_regclass('public.ai_provider_configs'), privilege)
