-- life:     STAGING_DATABASE_URL leads to prod: the gates would be asked of the wrong project.
-- catches:  environment-has-a-provider, one-default-per-environment, overlay-rows-are-in-place,
--           target-is-of-its-environment
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
-- topology: prod
-- target:   staging
select;
