"""The X12 codec, both ways: syntax, envelope, one module a transaction set, the checks and the gate.

Reading: ``envelope.read_file(data)`` gives the file's ``transactions``. ``claim837_read.read_837``,
``remit835_read.read_835``, ``eligibility_read.read_270`` and ``read_271``, ``status_read.read_276`` and
``read_277``, ``review278_read.read_278``, ``ack277ca_io.read_277ca``, ``ack999_io.read_999`` and
``ta1.read_ta1`` turn one into models. Each takes an optional list of findings that it adds to; expected
trouble never raises. ``claim837_read.stream_837`` and ``remit835_read.stream_835`` read files of any size,
claim by claim.

What a model has no field for is kept with it and written back (``kept``); ``header27x.read_header_27x`` and
``claim837_read.read_header_837`` give the headers that the writers take.

Writing: ``claim837_write.write_837(header, claims)`` and its sisters give an ``Outgoing`` (one ST without
its envelope); ``interchange.write_interchange(envelope, [outgoing], created=…, isa13=…)`` gives the bytes.

Judging: ``check.check`` (ours, quick), ``gate.gate`` (pyx12, independent, slow), ``acknowledge.acknowledge``
(a real 999 or TA1 from pyx12). For people: ``show.show`` and ``split.split``.
"""
