select id, timestamp, event_message,
  log_attributes['parsed.error_severity'] as severity,
  log_attributes['parsed.sql_state_code'] as sqlstate,
  log_attributes['parsed.query'] as statement,
  log_attributes['parsed.context'] as context,
  log_attributes['parsed.internal_query'] as internal,
  log_attributes['parsed.detail'] as detail,
  log_attributes['parsed.application_name'] as application,
  log_attributes['parsed.database_name'] as database,
  log_attributes['parsed.process_id'] as pid
from logs
where {source} = 'postgres_logs'
  and timestamp >= toDateTime64('{since}', 6, 'UTC') and timestamp < toDateTime64('{until}', 6, 'UTC')
  and (log_attributes['parsed.error_severity'] in ('ERROR', 'FATAL', 'PANIC')
       or event_message like '%was terminated by%')
order by timestamp, id
limit 1000
