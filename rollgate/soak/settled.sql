-- When the rows that steer the release were last written, in the environments that route here.
select environment, provider, extract(epoch from greatest(created_at, updated_at)) as written,
       metadata ->> 'release' as release, metadata ->> 'env' as env
from {settings}
where environment = any ({routes})
order by 3 desc nulls last
