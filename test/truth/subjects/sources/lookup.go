package main

import (
	"fmt"
	"os/user"
)

func main() {
	row, err := user.LookupId("0")
	if err != nil {
		fmt.Println("truth: Go user unknown")
		return
	}
	fmt.Println("truth: Go user", row.Username)
}
