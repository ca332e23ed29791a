package domain

import "flag"

// Service is what the handlers share.
type Service struct {
	Items  []Item
	Orders *Orders
	States *ReadStates
	Fanout *Fanout
}

// Flags reads the command line: the address to listen on, and the service as asked for.
func Flags() (listen string, service *Service, err error) {
	flag.StringVar(&listen, "listen", "127.0.0.1:8080", "`address:port` to listen on")
	upstream := flag.String("upstream", "", "base `URL` that /fanout asks; this program itself unless given")
	readStates := flag.Int("read-states", 500_000, "read states kept")
	flag.Parse()
	if *upstream == "" {
		*upstream = "http://" + listen
	}

	items, err := LoadItems()
	if err != nil {
		return "", nil, err
	}
	return listen, &Service{
		Items:  items,
		Orders: NewOrders(items),
		States: NewReadStates(*readStates),
		Fanout: NewFanout(*upstream),
	}, nil
}
