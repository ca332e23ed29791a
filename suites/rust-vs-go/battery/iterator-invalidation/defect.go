// Removes jobs from a list while walking it: every second of a pair is missed.
package main

import "fmt"

func main() {
	jobs := []int{1, 1, 2, 1, 3}
	for i, job := range jobs {
		if job == 1 && i < len(jobs) {
			jobs = append(jobs[:i], jobs[i+1:]...) // DEFECT
		}
	}
	sum := 1
	for _, job := range jobs {
		sum += job
	}
	fmt.Println(sum)
}
