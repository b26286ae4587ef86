-- life:     "grant select on all tables in schema public" at the end of the file reaches more than the
--           release's.
-- catches:  applies-from-clean, applies-from-half-applied, applies-from-narrow-configs,
--           gates-pass-on-the-clone, no-grants-to-outsiders
-- warns:    training-examples-are-not-exposed
-- topology: prod
grant select on all tables in schema public to anon;
