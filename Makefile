# Everything is in ./dev; these are the two commands a newcomer needs.
.PHONY: run test build
run:
	@./dev run
test:
	@./dev test
build:
	@./dev build
