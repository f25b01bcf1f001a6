package httpapi

import "yodel/server/httpapi/contracttest"

// ProblemTable is problem.go's table, for the test that compares it with the contract's.
func ProblemTable() []contracttest.Problem {
	table := make([]contracttest.Problem, len(problems))
	for i, p := range problems {
		table[i] = contracttest.Problem{Code: p.code, Status: p.status, Retryable: p.retryable}
	}
	return table
}

// UnlistedSentinels are the codes that an error leads to and the table does not have.
func UnlistedSentinels() []string {
	listed, unlisted := map[string]bool{}, []string(nil)
	for _, p := range problems {
		listed[p.code] = true
	}
	for _, known := range sentinels {
		if !listed[known.problem.code] {
			unlisted = append(unlisted, known.problem.code)
		}
	}
	return unlisted
}
