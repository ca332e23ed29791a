module example.invalid/go-hybrid

go 1.26
