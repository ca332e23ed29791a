module example.invalid/probes

go 1.26
