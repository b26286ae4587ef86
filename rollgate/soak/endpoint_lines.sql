select toStartOfInterval(timestamp, interval 5 minute) as bin, count() as lines,
  countIf(log_attributes['parsed.error_severity'] != '') as told,
  min(timestamp) as first, max(timestamp) as last
from logs
where {source} = 'postgres_logs'
  and timestamp >= toDateTime64('{since}', 6, 'UTC') and timestamp < toDateTime64('{until}', 6, 'UTC')
group by bin
order by bin
limit 1000
