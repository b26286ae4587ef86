-- What the abbreviations of the log's time zone meant in these days, in seconds east of UTC.
with zone as materialized (
  select set_config('timezone', current_setting('log_timezone'), true)
)
select distinct to_char(at, 'TZ') as abbreviation, extract(timezone from at)::integer as east
from zone
cross join generate_series(transaction_timestamp() - interval '20 days',
                           transaction_timestamp() + interval '1 day', interval '1 hour') as at
