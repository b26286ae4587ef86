-- life:     PROD_DATABASE_URL still leads to staging after a copy of the .env file.
-- catches:  overlay-rows-are-in-place, target-is-of-its-environment
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
-- topology: staging
-- target:   prod
select;
