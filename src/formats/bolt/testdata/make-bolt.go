// Makes sample.db; see README.md.
package main

import (
	"bytes"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	db, err := bolt.Open(os.Args[1], 0o600, &bolt.Options{PageSize: 1024})
	check(err)
	check(db.Update(func(tx *bolt.Tx) error {
		small, err := tx.CreateBucket([]byte("small"))
		check(err)
		check(small.Put([]byte("key"), []byte("value")))
		check(small.Put([]byte("empty"), []byte{}))
		deep, err := small.CreateBucket([]byte("deep"))
		check(err)
		check(deep.Put([]byte("a"), []byte("b")))
		_, err = tx.CreateBucket([]byte("none"))
		check(err)
		large, err := tx.CreateBucket([]byte("large"))
		check(err)
		for index := 0; index < 2000; index++ {
			check(large.Put([]byte(fmt.Sprintf("key %04d", index)), []byte(fmt.Sprintf("value %d", index))))
		}
		return large.Put([]byte("long"), bytes.Repeat([]byte("x"), 5000))
	}))
	// The second transaction frees pages of the first and uses them again.
	check(db.Update(func(tx *bolt.Tx) error {
		for index := 0; index < 1000; index++ {
			check(tx.Bucket([]byte("large")).Delete([]byte(fmt.Sprintf("key %04d", index))))
		}
		return tx.Bucket([]byte("small")).Put([]byte("key"), []byte("second"))
	}))
	check(db.Close())
}
