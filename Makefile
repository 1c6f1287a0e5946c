links:
	mkdir -p .dev/indicia && for p in provenance detectors generators policies moderation cli; do ln -sfn ../../$$p .dev/indicia/$$p; done
