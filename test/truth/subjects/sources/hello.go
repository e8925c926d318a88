package main

import "fmt"

func main() {
	fmt.Println("truth: hello from Go")
}
