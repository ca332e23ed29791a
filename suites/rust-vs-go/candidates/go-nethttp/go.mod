module example.invalid/go-nethttp

go 1.26
