-- life:     The one database for everything is judged as if it were a prod project of its own.
-- catches:  overlay-rows-are-in-place, target-is-of-its-environment
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
-- topology: single-db
-- target:   prod
select;
