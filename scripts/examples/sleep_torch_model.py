import torch
from torch import nn

import loihi_sleep as ls

stream = ls.load_stream("digits")
torch.manual_seed(0)
hidden = [nn.Linear(64, 200, bias=False), nn.Linear(200, 200, bias=False)]
model = nn.Sequential(hidden[0], nn.ReLU(), hidden[1], nn.ReLU(), nn.Linear(200, 10, bias=False))
memory = ls.Memory.empty(inputs=64, layers=3)


def accuracy():
    outputs = model(torch.tensor(stream.test.x).float())
    return (outputs.argmax(dim=1) == torch.tensor(stream.test.y)).float().mean()


for task, samples in enumerate(stream.train_by_task()):
    x, y = torch.tensor(samples.x).float(), nn.functional.one_hot(torch.tensor(samples.y), 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)  # your own training
    for batch in torch.split(torch.cat([torch.randperm(len(x)) for _ in range(5)]), 10):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[batch]), y[batch].float()).backward()
        optimizer.step()
    memory, before = memory.after(samples.x, ls.linear_outputs(model, x)), accuracy()
    model = ls.put_to_sleep(model, memory.night(550, 0.42, seed=task), maxima=memory.maxima)
    print(f"task {task + 1}: of all ten digits {before:.0%} before sleep, {accuracy():.0%} after")
